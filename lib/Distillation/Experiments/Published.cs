namespace Distillation;

/// <summary>What the papers printed: one table per file of <c>data/published</c>, built into the library.</summary>
public static class Published
{
    /// <summary>Every table.</summary>
    public static Sequence<PublishedTable> All { get; } = PublishedFiles.Read();

    /// <summary>The table of an id, such as <c>mskd-cifar100</c>.</summary>
    /// <exception cref="BadInput">There is none; the message lists those that there are.</exception>
    public static PublishedTable Named(string id) =>
        All.FirstOrDefault(table => string.Equals(table.Id, id, StringComparison.OrdinalIgnoreCase))
        ?? throw new BadInput($"There is no published table '{id}'; choose one of {string.Join(", ", All.Select(table => table.Id))}.");

    /// <summary>The best known numbers on six usual pairs of CIFAR-100, from many sources.</summary>
    public static PublishedTable StateOfTheArt => Named("state-of-the-art");

    /// <summary>Be your own teacher: every exit.</summary>
    public static PublishedTable Byot => Named("byot-exits");

    /// <summary>HSAKD, its teacher frozen or trained jointly.</summary>
    public static PublishedTable Hsakd => Named("hsakd-cifar100");

    /// <summary>Decoupled knowledge distillation.</summary>
    public static PublishedTable Dkd => Named("dkd-cifar100");

    /// <summary>Knowledge review.</summary>
    public static PublishedTable ReviewKd => Named("reviewkd-cifar100");

    /// <summary>DIST.</summary>
    public static PublishedTable Dist => Named("dist-cifar100");

    /// <summary>Multi-level logit distillation.</summary>
    public static PublishedTable Mlkd => Named("mlkd-cifar100");

    /// <summary>Inter-channel correlation.</summary>
    public static PublishedTable Ickd => Named("ickd-cifar100");

    /// <summary>Class attention transfer.</summary>
    public static PublishedTable CatKd => Named("catkd-cifar100");

    /// <summary>Scale-decoupled distillation.</summary>
    public static PublishedTable Sdd => Named("sdd-cifar100");

    /// <summary>The reused teacher classifier.</summary>
    public static PublishedTable SimKd => Named("simkd-cifar100");

    /// <summary>Information-theoretic representation distillation.</summary>
    public static PublishedTable Itrd => Named("itrd-cifar100");

    /// <summary>Transformed teacher matching, weighted, alone and combined.</summary>
    public static PublishedTable Wttm => Named("wttm-cifar100");

    /// <summary>Norm and direction of the embedding, added to other methods (KD++ and its family).</summary>
    public static PublishedTable NormAndDirection => Named("nd-cifar100");

    /// <summary>Refined logit distillation.</summary>
    public static PublishedTable Rld => Named("rld-cifar100");

    /// <summary>Cross-view consistency of logits.</summary>
    public static PublishedTable Crld => Named("crld-cifar100");

    /// <summary>The distillation-oriented trainer on top of KD.</summary>
    public static PublishedTable Dot => Named("dot-cifar100");

    /// <summary>Function-consistent feature distillation.</summary>
    public static PublishedTable Fcfd => Named("fcfd-cifar100");

    /// <summary>N-to-one representation matching.</summary>
    public static PublishedTable Norm => Named("norm-cifar100");

    /// <summary>The release with CRD, from which most later work takes its teachers and its protocol.</summary>
    public static class RepDistiller
    {
        /// <summary>Teachers and students trained on labels alone.</summary>
        public static PublishedTable Baselines => Named("repdistiller-baselines");

        /// <summary>Teacher and student of one family.</summary>
        public static PublishedTable SameArchitecture => Named("repdistiller-same");

        /// <summary>Teacher and student of two families.</summary>
        public static PublishedTable CrossArchitecture => Named("repdistiller-cross");
    }

    /// <summary>MSKD and OtO (Xu et al. 2022).</summary>
    public static class Mskd
    {
        /// <summary>OtO's exits and their vote, CIFAR-100.</summary>
        public static PublishedTable Exits => Named("mskd-exits");

        /// <summary>OtO's exits and their vote, Tiny ImageNet.</summary>
        public static PublishedTable TinyImageNetExits => Named("mskd-tiny-exits");

        /// <summary>Seventeen methods on seven pairs, CIFAR-100.</summary>
        public static PublishedTable Cifar100 => Named("mskd-cifar100");

        /// <summary>Eleven methods on two pairs, Tiny ImageNet.</summary>
        public static PublishedTable TinyImageNet => Named("mskd-tiny");
    }

    /// <summary>Learning without the data (Chen et al. 2019).</summary>
    public static class Dafl
    {
        /// <summary>MNIST, two pairs of networks.</summary>
        public static PublishedTable Mnist => Named("dafl-mnist");

        /// <summary>CIFAR-10 and CIFAR-100.</summary>
        public static PublishedTable Cifar => Named("dafl-cifar");

        /// <summary>One attribute of CelebA.</summary>
        public static PublishedTable CelebA => Named("dafl-celeba");

        /// <summary>The generator's losses one by one, MNIST.</summary>
        public static PublishedTable Ablation => Named("dafl-ablation");

        /// <summary>In another group's benchmark.</summary>
        public static PublishedTable Benchmark => Named("dafl-benchmark");
    }

    /// <summary>Quantized networks with gradual soft loss reducing (Shin, Boo, Sung 2019).</summary>
    public static class Gslr
    {
        /// <summary>The paper's two numbers: ResNet-20 with ternary weights.</summary>
        public static PublishedTable Headline => Named("gslr-headline");

        /// <summary>The same network in float, by others.</summary>
        public static PublishedTable Float => Named("gslr-float");
    }

    /// <summary>SSKD (Xu et al. 2020).</summary>
    public static class Sskd
    {
        /// <summary>SSKD with its own teachers.</summary>
        public static PublishedTable Cifar100 => Named("sskd-cifar100");

        /// <summary>Other methods, each together with KD.</summary>
        public static PublishedTable Combined => Named("sskd-combined");
    }

    /// <summary>Standardised logits (Sun et al. 2024).</summary>
    public static class Lskd
    {
        /// <summary>On top of four methods.</summary>
        public static PublishedTable Cifar100 => Named("lskd-cifar100");

        /// <summary>The best epoch beside the last, from the released logs.</summary>
        public static PublishedTable LastAndBest => Named("lskd-last-best");
    }
}
