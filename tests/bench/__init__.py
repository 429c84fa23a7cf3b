"""The benchmark: one question put to treadle and to its peers, whole process against whole process, in one run."""
