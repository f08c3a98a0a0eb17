namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Labels at every exit, without a teacher: how teachers of several exits are trained. Exits of the network's own classes learn the labels as its last one does; exits of four times as many learn
    /// class and rotation at once from all four rotations, which is HSAKD's jointly trained teacher (Yang et al. 2021, section 3.1). The exits are kept. A network without any is given those.
    /// </summary>
    /// <param name="weight">Of the sum over the exits; 1.</param>
    /// <param name="hard">Of the last exit's labels; 1.</param>
    public static Method Exits(Schedule? weight = null, Schedule? hard = null)
    {
        var (exits, labels) = (weight ?? 1, hard ?? 1);
        return new Method(
            "exits", 1, "labels at every exit, as teachers of several exits are trained", Knowledge.None, Scheme.Offline, new Teacher.None(), [new("weight", exits), new("hard", labels)],
            (_, student) =>
            {
                var network = student.Exits.Count == 0 ? student.WithExits(new ExitDesign.Copied(Rotations.Count)) : student;
                var joint = IsJoint(network);
                return new Prepared(["labels", "exits"], step =>
                {
                    var own = joint ? step.Student(Rotations.View) : step.Student();
                    var said = own.Exits.Select(exit => exit.Logits).ToList();
                    return
                    [
                        new Term("labels", step.TaskLoss(joint ? Rotations.Upright(own.Logits) : own.Logits), labels),
                        new Term("exits", joint ? Losses.Joint(said, step.Labels).mean() : said.Select(step.TaskLoss).Aggregate((sum, exit) => sum + exit), exits),
                    ];
                })
                {
                    Student = network,
                    Judged = network,
                    Views = joint ? [View.Plain, Rotations.View] : [View.Plain],
                };
            });
    }

    // Whether the exits tell class and rotation at once; refused when they tell something else than that or the class.
    private static bool IsJoint(Network network) =>
        network.Exits.All(exit => exit.Shape.Channels == Rotations.Count * network.Classes)
        || (network.Exits.All(exit => exit.Shape.Channels == network.Classes)
            ? false
            : throw new BadInput($"The exits of '{network.Name}' put out {string.Join(", ", network.Exits.Select(exit => exit.Shape.Channels))} logits; they must all put out {network.Classes}, or all {Rotations.Count} times as many."));
}
