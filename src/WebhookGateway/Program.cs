using GitOpsGate.WebhookGateway.Composition;

return await Startup.RunAsync(args, Console.Out, Console.Error);
