namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>A place that a pattern may ask for without consuming anything.</summary>
internal enum Anchor
{
    TextBegin,
    TextEnd,
    LineBegin,
    LineEnd,
    WordBoundary,
    NotWordBoundary,
}

/// <summary>A regular expression as a tree. Closed.</summary>
internal abstract record Node
{
    private Node()
    {
    }

    /// <summary>Whether it matches the empty text somewhere.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>How many instructions it becomes, at most <see cref="RegexProgram.LargestProgram"/> and a little more.</summary>
    public abstract long Size { get; }

    /// <summary>The empty text.</summary>
    public sealed record Empty : Node
    {
        public override bool IsNullable => true;

        public override long Size => 1;
    }

    /// <summary>One code point of a set.</summary>
    public sealed record One(CodePoints Set) : Node
    {
        public override bool IsNullable => false;

        public override long Size => 1;
    }

    public sealed record At(Anchor Anchor) : Node
    {
        public override bool IsNullable => true;

        public override long Size => 1;
    }

    public sealed record Sequence(IReadOnlyList<Node> Items) : Node
    {
        public override bool IsNullable { get; } = Items.All(item => item.IsNullable);

        public override long Size { get; } = Items.Sum(item => item.Size);
    }

    public sealed record Choice(IReadOnlyList<Node> Items) : Node
    {
        public override bool IsNullable { get; } = Items.Any(item => item.IsNullable);

        public override long Size { get; } = Items.Sum(item => item.Size + 2);
    }

    /// <param name="Item">What is repeated.</param>
    /// <param name="Least">How often at least.</param>
    /// <param name="Most">How often at most; -1 for any number.</param>
    /// <param name="Greedy">Whether more is tried before less.</param>
    public sealed record Repeat(Node Item, int Least, int Most, bool Greedy) : Node
    {
        public override bool IsNullable { get; } = Least == 0 || Item.IsNullable;

        public override long Size { get; } = Math.Min(1L << 40, (Item.Size + 2) * Math.Max(1L, Math.Max(Least + 1, Most)));
    }

    /// <summary>A group whose match is remembered.</summary>
    public sealed record Group(Node Item, int Number) : Node
    {
        public override bool IsNullable { get; } = Item.IsNullable;

        public override long Size { get; } = Item.Size + 2;
    }
}
