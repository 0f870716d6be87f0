"""How Qt looks here: fonts, palette, icons, made from the theme's tokens."""
