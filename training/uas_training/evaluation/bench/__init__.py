"""Multiple-choice benchmarks from their original files: read, ask, score, report."""
