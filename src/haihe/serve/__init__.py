"""服务: the HTTP API, access, live push and the first page. Asks the node; decides nothing itself."""
