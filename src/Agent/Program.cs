using GitOpsGate.Agent;

return await Startup.RunAsync(args, Console.Out, Console.Error);
