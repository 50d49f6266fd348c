"""What a preview rejects of a program: collected while it runs, told when everything is planned."""
