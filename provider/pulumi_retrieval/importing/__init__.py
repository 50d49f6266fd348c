"""Writes a program for objects that already exist in a service, so that one `pulumi up` adopts them."""
