"""Speech engines and the speech detector: the only modules that know the models."""
