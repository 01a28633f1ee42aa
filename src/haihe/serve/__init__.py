"""服务: the HTTP API, access, live push and the first page. It asks the node, decides nothing."""
