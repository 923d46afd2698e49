"""Configuration: file, environment and flags become one frozen Settings; the only room that reads the environment."""
