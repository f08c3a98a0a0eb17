using FsCheck;
using FsCheck.Fluent;

namespace Distillation.Tests;

/// <summary>Laws for a hundred random cases each; a case that breaks one is shrunk and shown with the seed that made it.</summary>
internal static class Law
{
    /// <summary>The law holds for every case of a generator.</summary>
    public static void Holds<T>(Gen<T> cases, Func<T, bool> law) => Check.QuickThrowOnFailure(Prop.ForAll(cases.ToArbitrary(), law));

    /// <summary>The law holds for every pair of cases.</summary>
    public static void Holds<T, U>(Gen<T> first, Gen<U> second, Func<T, U, bool> law) =>
        Check.QuickThrowOnFailure(Prop.ForAll(first.ToArbitrary(), second.ToArbitrary(), law));

    /// <summary>Whole numbers from low to high, both included.</summary>
    public static Gen<int> Whole(int low, int high) => Gen.Choose(low, high);

    /// <summary>Any 32-bit whole number.</summary>
    public static Gen<int> Seed => Gen.Choose(int.MinValue, int.MaxValue);

    /// <summary>Numbers from low to high in steps of a thousandth of the range.</summary>
    public static Gen<double> Number(double low, double high) => Gen.Choose(0, 1000).Select(i => low + ((high - low) * i / 1000));
}
