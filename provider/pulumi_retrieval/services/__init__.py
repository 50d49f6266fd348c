"""One package for each service: inputs, HTTP calls and resources. These packages never import each other."""
