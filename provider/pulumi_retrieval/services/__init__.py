"""One package a service: its inputs, its wire client, the life of its resources. They never import each other."""
