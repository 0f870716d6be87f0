"""The numbers by which the compiled loop knows activations, losses and optimizer rules."""

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, SOFTMAX = range(6)
SQUARED, BINARY, CROSS = range(3)
SGD, CLASSIC, AVERAGE, VELOCITY, NESTEROV, ADAGRAD, RMSPROP_OUTSIDE, RMSPROP_INSIDE, ADAM, ADAMW = range(10)
