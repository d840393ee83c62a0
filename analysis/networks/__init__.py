"""Networks beside the unsupervised core: models, losses, and what chips of the cube need."""
