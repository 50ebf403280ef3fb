using Lockplane.Cli;
using Lockplane.Hosting;

return await CommandLine.RunAsync(args, Terminal.OfProcess(), Composition.MakeAsync, CancellationToken.None);
