using GitOpsGate.DemoForge;

if (DemoOptions.Read(args) is not { } options)
{
    await Console.Error.WriteLineAsync("usage: DemoForge --root CHECKOUT [--port N] [--once]");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM,
    signal =>
    {
        signal.Cancel = true;
        stop.Cancel();
    });
return await Play.RunAsync(options, stop.Token);
