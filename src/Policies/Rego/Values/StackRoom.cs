using System.Runtime.CompilerServices;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// Asks whether the stack has room for one more level of what calls itself: a stack that overflows takes the whole process with it. The
/// runtime's own question costs as much as the work of a level does, so it is asked again only once the stack is deeper by a stretch than
/// where its last answer was yes; the stretch is a small part of the room that the runtime keeps (64 kB and more).
/// </summary>
internal static class StackRoom
{
    private const nuint Stretch = 16 * 1024;

    // How deep it is safe to go without asking, counted against addresses, for stacks grow down; zero on a thread that never asked.
    [ThreadStatic]
    private static nuint _deep;

    /// <summary>Returns when there is room.</summary>
    /// <exception cref="InsufficientExecutionStackException">There is none.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Ensure()
    {
        byte here;
        if (~(nuint)(&here) > _deep) Ask((nuint)(&here));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Ask(nuint here)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        _deep = ~(here - Stretch);
    }
}
