using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// One-to-one multiple-stage knowledge distillation (Xu et al. 2022), OtO: exit k of the teacher teaches exit k of the student, which learns labels there too. A teacher that was trained with exits
    /// (<see cref="Exits"/>, on a network like <c>wrn-40-2+attention</c>) teaches by its own; beside one without, exits of <see cref="ExitDesign.Attention"/> are trained first on labels while the teacher
    /// stays as it is. What is judged is the student's exits' ensemble. The article's weight and temperature are not known here: those of KD in the tables that it compares with stand in.
    /// </summary>
    /// <param name="weight">Of the soft labels, summed over all exits; 0.9.</param>
    /// <param name="hard">Of the labels, summed over all exits; 0.1.</param>
    /// <param name="temperature">τ of the soft labels; 4.</param>
    /// <param name="augmented">
    /// Whether the student's images are varied by AutoAugment's policy for CIFAR after crop and flip, whatever the recipe says: what the article's OtO* most probably is.
    /// </param>
    /// <param name="ensemble">Whether the mean of the exits is judged and kept, with the exits; else the network without them.</param>
    /// <param name="epochs">Of a teacher's exits that are trained beside it, for 240 of the student; 100.</param>
    public static Method Oto(
        Schedule? weight = null, Schedule? hard = null, double temperature = StandardTemperature, bool augmented = false, bool ensemble = true, int epochs = 100)
    {
        const string Beside = "exits";
        var (soft, labels, tau) = (weight ?? 0.9, hard ?? 0.1, Temperature(temperature));
        var view = augmented ? View.Augmented(Augmentations.CropFlip.Then(new Augmentation.AutoAugment())) : View.Plain;
        return new Method(
            "oto", 1, MultiStagePaper, Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", soft), new("hard", labels), new("temperature", tau), new("augmented", augmented ? 1 : 0), new("ensemble", ensemble ? 1 : 0), new("epochs", epochs)],
            (teachers, student) =>
            {
                var (network, judged) = Staged(student, ensemble);
                var teacher = teachers[0];
                var own = teacher.Exits.Count > 0 && HasClassesAtExits(teacher);
                var places = own ? [] : teacher.Places(new ExitDesign.Attention());
                return new Prepared(
                [
                    .. own ? [] : new[]
                    {
                        Front(Beside, "exits", 1, step => Answers(step, View.Plain).Select(step.TaskLoss).Aggregate((sum, exit) => sum + exit), epochs) with
                        {
                            Practice = practice => practice with { Rate = new Schedule.MultiStep(practice.Rate.At(0), 0.1, [0.3, 0.6, 0.9]) },
                            Trains = _ => false,
                        },
                    },
                    new Phase("training", ["labels", "oto"], (step, memory) => new Outcome(
                        AtExits(step, view, labels, soft, "oto", exits => Losses.OneToOne(exits, own ? AllExits(step.Teacher(view)) : [.. Known(step), step.Teacher(view).Logits], tau)), memory))
                    { Plays = _ => false },
                ])
                {
                    Student = network,
                    Judged = judged,
                    Players = own ? [] : new Player(Beside, Network.Parts($"{teacher.Name} {Beside}", places.Select(place => (place.Name, place.Map, place.Head)))),
                    Views = own && augmented ? [view] : augmented ? [View.Plain, view] : [View.Plain],
                };

                IReadOnlyList<Tensor> Answers(Step step, View seen, Pass? how = null) =>
                    [.. places.Select(place => step.Player(Beside).Call(step.Teacher(seen)[place.Tap], place.Name, how).to_type(ScalarType.Float32))];

                IReadOnlyList<Tensor> Known(Step step)
                {
                    using var quiet = no_grad();
                    return Answers(step, view, Pass.Evaluation);
                }
            });
    }

    private static bool HasClassesAtExits(Network teacher) => teacher.Exits.All(exit => exit.Shape == teacher.Output)
        ? true
        : throw new BadInput($"The exits of the teacher '{teacher.Name}' put out {string.Join(", ", teacher.Exits.Select(exit => exit.Shape.Channels))} logits and OtO's tell its {teacher.Classes} classes; take the teacher without exits, or with those of '+attention'.");
}
