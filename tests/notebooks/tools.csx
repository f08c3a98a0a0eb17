// Imported by kinds.ipynb.
record Score(string Method, double Accuracy);

Score[] Scores() => [new("none", 0.5), new("KD", 0.75)];
