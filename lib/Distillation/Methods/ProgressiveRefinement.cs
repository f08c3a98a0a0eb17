using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Self-knowledge distillation with progressive refinement of targets (Kim et al. 2021), PS-KD: the label of an image is mixed with what the student said about it in the epoch before; the share of that grows
    /// from epoch to epoch to its full value. What was said is remembered for every training image, [n, C] on the device, as the authors' code does instead of keeping the weights of the epoch before.
    /// </summary>
    /// <param name="share">α in the last epoch; 0.8.</param>
    /// <exception cref="BadInput">It is not in 0 … 1.</exception>
    public static Method PsKd(double share = 0.8)
    {
        Check(share is >= 0 and <= 1, $"PS-KD mixes a share from 0 to 1 into the labels, not {share}.");
        return new Method(
            "ps-kd", 1, "Kim et al.: Self-Knowledge Distillation with Progressive Refinement of Targets, ICCV 2021", Knowledge.Response, Scheme.Self, new Teacher.Remembered(), [new("share", share)],
            (_, student) => new Prepared([new Phase("training", ["labels"], (step, memory) =>
            {
                var answer = step.Student().Logits;
                var before = memory["said"].index_select(0, step.Indices);
                var target = Losses.RefinedTarget(step.Labels, before, share * (step.Progress.Epoch + 1) / step.Progress.Epochs);
                using (no_grad())
                {
                    memory["said"].index_copy_(0, step.Indices, answer.detach().softmax(1));
                }

                return new Outcome([new Term("labels", Losses.SoftCrossEntropy(answer, target).mean(), 1)], memory);
            })])
            {
                // Before anything was said, the label was.
                Opening = opening => Memory.Empty.With("said", nn.functional.one_hot(opening.Labels, student.Classes).to_type(ScalarType.Float32)),
            });
    }
}
