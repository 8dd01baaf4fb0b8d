namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Counts the checks of one family, and remembers those that failed. A failed one does not end the others.</summary>
internal sealed class Tally
{
    private const int MostNamed = 40;
    private readonly List<string> _wrong = [];

    public int Right { get; private set; }

    public int Wrong { get; private set; }

    public IReadOnlyList<string> Named => _wrong;

    public void Check(bool isRight, string what)
    {
        if (isRight)
        {
            Right++;
            return;
        }

        Wrong++;
        if (_wrong.Count < MostNamed) _wrong.Add(what);
    }

    /// <summary>What is no such thing is refused as what it is, and in no other way.</summary>
    public void Refused(Action act, string what) => Check(!Accepts(act), what);

    /// <summary>Whether an act goes through; false when it is refused as malformed. Any other exception is a bug and is not caught.</summary>
    public static bool Accepts(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
