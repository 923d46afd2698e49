"""Values as pages, one function a value; pure, so that each can be tested without a database."""
