"""回测: a recorded stretch of the streets, driven again under the plan and under the loops."""
