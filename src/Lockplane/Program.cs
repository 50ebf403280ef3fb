using System.CommandLine;
using Lockplane.Cli;
using Lockplane.Hosting;
using Lockplane.Sql.Errors;

// Two minutes for a verb to end in order after Ctrl-C or SIGTERM: the gateway drains, Postgres shuts down.
var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(2) };
var root = new RootCommand("Postgres gateway and schema control plane.") { DevCommand.Create(Composition.MakeAsync), ServeCommand.Create(Composition.MakeAsync) };
try
{
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (LockplaneException e)
{
    Console.Error.WriteLine($"{e.Code}: {e.Message}");
    if (e.Detail is not null)
    {
        Console.Error.WriteLine(e.Detail);
    }

    Console.Error.WriteLine($"hint: {e.Hint}");
    return e.Code.ExitCode;
}
