"""Makes the networks of people and everyday things that are shipped, from packages of the registries."""
