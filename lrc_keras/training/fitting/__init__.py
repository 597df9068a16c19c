"""Steps between two reports: callbacks of `fit`, and steps over several replicas and processes; λ from forces."""
