using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Hierarchical self-supervised augmented knowledge distillation (Yang et al. 2021), HSAKD: classifiers behind every stage, copies of the stages that are left, tell class and rotation of images in four
    /// rotations; the student's learn from the teacher's one to one and see no labels. The teacher's are trained first, beside the frozen teacher, as the authors' first case; a teacher that was trained with such
    /// exits (<see cref="Exits"/>, on a network like <c>wrn-40-2+copied4</c>; the case with a star) brings its own. The authors train teacher and student with Nesterov's momentum, which is the
    /// recipe's to choose.
    /// </summary>
    /// <param name="weight">Of the classifiers' soft labels, summed over stages; 1.</param>
    /// <param name="kd">Of the network's own soft labels, for all four rotations; 1.</param>
    /// <param name="hard">Of the labels; 1.</param>
    /// <param name="temperature">τ of all soft labels; 3.</param>
    /// <param name="epochs">Of the teacher's classifiers, for 240 of the student; 100.</param>
    public static Method Hsakd(Schedule? weight = null, Schedule? kd = null, Schedule? hard = null, double temperature = 3, int epochs = 100)
    {
        const string Classifiers = "classifiers";
        var (stages, soft, labels, tau) = (weight ?? 1, kd ?? 1, hard ?? 1, Temperature(temperature));
        return new Method(
            "hsakd", 1, "Yang et al.: Hierarchical Self-supervised Augmented Knowledge Distillation, IJCAI 2021", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", stages), new("kd", soft), new("hard", labels), new("temperature", tau), new("epochs", epochs)],
            (teachers, student) =>
            {
                var design = new ExitDesign.Copied(Rotations.Count);
                var network = Joint(student.Exits.Count == 0 ? student.WithExits(design) : student);
                var trained = teachers[0].Exits.Count > 0 && Joint(teachers[0]) is not null;
                var places = trained ? [] : teachers[0].Places(design);
                return new Prepared(
                [
                    .. trained ? [] : new[]
                    {
                        Front(Classifiers, "joint", 1, step => Losses.Joint(Classified(step), step.Labels).mean(), epochs) with
                        {
                            // By 10 after 30, 60 and 90 of 100 epochs.
                            Practice = practice => practice with { Rate = new Schedule.MultiStep(practice.Rate.At(0), 0.1, [0.3, 0.6, 0.9]) },
                            Trains = _ => false,
                        },
                    },
                    new Phase("training", ["labels", "hsakd", "kd"], (step, memory) =>
                    {
                        var (own, guide) = (step.Student(Rotations.View), step.Teacher(Rotations.View));
                        return new Outcome(
                        [
                            new Term("labels", step.TaskLoss(Rotations.Upright(own.Logits)), labels),
                            new Term("hsakd", Losses.Hierarchical(Said(own), trained ? Said(guide) : Known(step), tau).mean(), stages),
                            new Term("kd", Losses.Hinton(own.Logits, guide.Logits, tau).mean(), soft),
                        ], memory);
                    })
                    { Plays = _ => false },
                ])
                {
                    Student = network,
                    Judged = student,
                    Players = trained ? [] : new Player(Classifiers, Network.Parts($"{teachers[0].Name} {Classifiers}", places.Select(place => (place.Name, place.Map, place.Head)))),
                    Views = [View.Plain, Rotations.View],
                };

                IReadOnlyList<Tensor> Classified(Step step, Pass? how = null) =>
                    [.. places.Select(place => step.Player(Classifiers).Call(step.Teacher(Rotations.View)[place.Tap], place.Name, how).to_type(ScalarType.Float32))];

                IReadOnlyList<Tensor> Known(Step step)
                {
                    using var quiet = no_grad();
                    return Classified(step, Pass.Evaluation);
                }
            });

        static IReadOnlyList<Tensor> Said(Activations answer) => [.. answer.Exits.Select(exit => exit.Logits)];

        static Network Joint(Network network) => IsJoint(network) ? network : throw new BadInput(
            $"The exits of '{network.Name}' tell {network.Classes} classes and HSAKD's tell class and rotation, {Rotations.Count * network.Classes}; take the network without exits, or with those of '+copied{Rotations.Count}'.");
    }
}
