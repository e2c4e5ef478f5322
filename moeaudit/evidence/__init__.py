"""Reading what a repo publishes: the only room that touches the network and the files of others."""
