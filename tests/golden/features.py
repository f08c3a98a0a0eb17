"""Losses of feature maps and of embeddings: features.json. The loops are in feature_maps.py and feature_embeddings.py."""
import feature_embeddings
import feature_maps
from golden import about, write
from loops import report


def main():
    cases = feature_maps.cases() + feature_embeddings.cases()
    report(cases)
    write("features.json", {
        "about": about(
            value="the loss of one pair of maps or of one batch of embeddings, not weighted, float64",
            per_sample="their mean is the value; null where samples interact",
            gradients="of the value, row-major, float64", value32="the same loop in float32", ofd_margins="from a batch norm's weight and bias",
            crd_memory="the rows of a memory after one batch"),
        "ofd_margins": feature_embeddings.margins(), "crd_memory": feature_embeddings.remembered(), "cases": cases})


if __name__ == "__main__":
    main()
