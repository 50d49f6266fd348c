"""Writing a program for what lives in a service already, so that one `pulumi up` takes it under management."""
