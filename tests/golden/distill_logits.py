"""Losses of logits (B, C) beyond Hinton's: logits.json. The loops are in logit_samples.py and logit_batches.py."""
import numpy as np

import logit_batches as together
import logit_samples as alone
from golden import about, integers, write
from loops import case, draw, report

VARIED = ("temperature", "binary_temperature", "exponent", "epsilon")  # what may tell two cases of one loss and one input apart


def logits(name, batch, classes, reach=4.0):
    return {
        "student": draw(f"logits-{name}-student", (batch, classes), -reach, reach),
        "teacher": draw(f"logits-{name}-teacher", (batch, classes), -reach, reach),
        "labels": np.array(integers(f"logits-{name}-labels", batch, classes))}


def inputs():
    both = draw("logits-same", (3, 4), -4, 4)
    ranked = np.array([[3, 1, -1, 0.5], [3, 1, -1, 0.5], [3, 1, -1, 0.5], [2, 2, -1, 0]], np.float32)
    return {
        "2x3": logits("2x3", 2, 3), "one sample": logits("one sample", 1, 5), "4x5": logits("4x5", 4, 5),
        "two classes": logits("two classes", 3, 2), "confident": logits("confident", 3, 4, 12.0),
        "student equals teacher": {"student": both, "teacher": both.copy(), "labels": np.array([0, 3, 1])},
        # The truth is the teacher's first, last and second choice; in the last row it shares the first place.
        "truth at every rank": {"student": draw("logits-ranked", (4, 4), -2, 2), "teacher": ranked, "labels": np.array([0, 2, 1, 1])}}


def cases():
    given, out = inputs(), []

    def add(loss, loop, vectorised, parameters, keys=("student", "teacher"), only=None):
        suffix = "".join(f", {key} {value}" for key, value in parameters.items() if key in VARIED)
        for name, all_inputs in given.items():
            if only is None or name in only:
                out.append(case(loss, name + suffix, {key: all_inputs[key] for key in keys}, parameters, loop, vectorised))

    labelled = ("student", "teacher", "labels")
    for temperature in (1.0, 4.0):
        dkd_parameters = {"temperature": temperature, "alpha": 1.0, "beta": 8.0}
        add("dkd_tckd", alone.tckd, alone.torch_tckd, {"temperature": temperature}, labelled)
        add("dkd_nckd", alone.nckd, alone.torch_nckd, {"temperature": temperature}, labelled)
        add("dkd", alone.dkd, alone.torch_dkd, dkd_parameters, labelled)
        add("dist_inter", together.dist_inter, together.torch_dist_inter, {"temperature": temperature})
        add("dist_intra", together.dist_intra, together.torch_dist_intra, {"temperature": temperature})
        add("dist", together.dist, together.torch_dist, {"temperature": temperature})
        add("mlkd_batch", together.mlkd_batch, together.torch_mlkd_batch, {"temperature": temperature})
        add("mlkd_class", together.mlkd_class, together.torch_mlkd_class, {"temperature": temperature})
        rld_parameters = {"binary_temperature": temperature, "temperature": 4.0, "alpha": 1.0, "beta": 8.0}
        add("rld_scd", alone.scd, alone.torch_scd, {"binary_temperature": temperature}, labelled)
        add("rld", alone.rld, alone.torch_rld, rld_parameters, labelled)
    add("rld_mcd", alone.mcd, alone.torch_mcd, {"temperature": 4.0}, labelled)
    add("lskd", alone.lskd, alone.torch_lskd, {"temperature": 2.0})
    for exponent in (0.1, 0.3):
        add("ttm", alone.ttm, alone.torch_ttm, {"exponent": exponent})
        add("wttm", alone.wttm, alone.torch_wttm, {"exponent": exponent})
    add("nkd", alone.nkd, alone.torch_nkd, {"temperature": 1.0, "gamma": 1.5}, labelled)
    add("nkd", alone.nkd, alone.torch_nkd, {"temperature": 2.0, "gamma": 1.5}, labelled, ("4x5",))
    add("nkd_all_classes", alone.nkd_all_classes, lambda x, p: alone.torch_nkd(x, p, True), {"temperature": 1.0, "gamma": 1.5}, labelled)
    add("tf_kd", alone.tf_kd, alone.torch_tf_kd, {"temperature": 20.0, "correct": 0.99}, ("student", "labels"))
    for epsilon in (1.0, 1.5):
        add("ofa", alone.ofa, alone.torch_ofa, {"epsilon": epsilon}, labelled)
    for name, peers, batch, classes in (("one peer", 1, 2, 3), ("three peers", 3, 4, 5), ("one sample", 2, 1, 4)):
        pair = {"student": draw(f"dml-{name}-student", (batch, classes), -4, 4), "peers": draw(f"dml-{name}-peers", (peers, batch, classes), -4, 4)}
        out.append(case("dml", name, pair, {}, alone.dml, alone.torch_dml))
    for name, batch, classes in (("4x5", 4, 5), ("3x4", 3, 4), ("one sample", 1, 3)):
        views = {
            f"{who}_{view}": draw(f"mlkd-{name}-{who}-{view}", (batch, classes), -4, 4)
            for view in ("weak", "strong") for who in ("student", "teacher")}
        parameters = {"temperatures": [4.0, 3.0, 5.0, 2.0, 6.0]}
        out.append(case("mlkd", name, views, parameters, together.mlkd, together.torch_mlkd, ("student_weak", "student_strong")))
    parameters = {"temperature": 4.0, "grids": [1, 2, 4]}
    # Of the first two samples the teacher's whole is right and wrong, and some regions say otherwise.
    for name, labels, channels, sizes, classes in (("2 of 4x4", [2, 0], (2, 3), (4, 4), 3), ("one sample, 8 against 4", [3], (2, 2), (8, 4), 4)):
        maps = {**together.sdd_inputs(name, len(labels), channels, sizes, classes), "labels": np.array(labels)}
        wrt = ("student", "student_weight", "student_bias")
        out.append(case("sdd_kd", name, maps, parameters, together.sdd_kd, together.torch_sdd_kd, wrt))
        out.append(case("sdd_dkd", name, maps, {**parameters, "alpha": 1.0, "beta": 8.0}, together.sdd_dkd, together.torch_sdd_dkd, wrt))
    return out


def main():
    found = cases()
    report(found)
    write("logits.json", {
        "about": about(
            value="the loss of one batch with the method's inner factors (T^2, alpha, beta, gamma in parameters) and no outer weight, float64",
            per_sample="their mean is the value; null where samples interact", gradients="of the value, row-major, float64",
            value32="the same loop in float32"),
        "cases": found})


if __name__ == "__main__":
    main()
