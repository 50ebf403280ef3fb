using System.Text;
using Spectre.Console;

namespace Lockplane.Cli;

/// <summary>Where a verb writes and asks. Results go to standard output, all else to standard error.</summary>
internal sealed class Terminal
{
    // Wide enough that nothing wraps where nobody looks: pipes and files get whole lines.
    private const int Unbounded = 100_000;

    private readonly TextReader _input;
    private readonly bool _colour;
    private readonly bool _showsProgress;

    // What is shown while work goes on; null when none does.
    private StatusContext? _status;

    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="interactive">Whether a person sits there: input and error are a terminal.</param>
    /// <param name="colour">Whether output may have colours.</param>
    public Terminal(TextWriter output, TextWriter error, TextReader input, bool interactive, bool colour)
    {
        (Output, Error, _input, IsInteractive, _colour) = (output, error, input, interactive, colour);
        _showsProgress = interactive;
    }

    /// <summary>The process's own.</summary>
    public static Terminal OfProcess() => new(
        Console.Out,
        Console.Error,
        Console.In,
        !Console.IsInputRedirected && !Console.IsErrorRedirected,
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb");

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Whether a person can be asked.</summary>
    public bool IsInteractive { get; }

    public string Bold(string text) => Styled(text, 1);

    public string Dim(string text) => Styled(text, 2);

    public string Red(string text) => Styled(text, 31);

    public string Green(string text) => Styled(text, 32);

    public string Yellow(string text) => Styled(text, 33);

    /// <summary>All of standard input.</summary>
    public Task<string> ReadInputAsync(CancellationToken cancellation) => _input.ReadToEndAsync(cancellation);

    /// <summary>Asks, on standard error; null when there is no answer.</summary>
    public async Task<string?> AskAsync(string question, CancellationToken cancellation)
    {
        await Error.WriteAsync(question + " ");
        await Error.FlushAsync(cancellation);
        // A read of a terminal cannot be cancelled: it is left behind when the process ends.
        return (await _input.ReadLineAsync(cancellation).AsTask().WaitAsync(cancellation))?.Trim();
    }

    /// <summary>Says what goes on, where a person looks on.</summary>
    public void Progress(string text)
    {
        if (_status is { } status)
        {
            status.Status = Markup.Escape(text);
        }
        else if (_showsProgress)
        {
            Error.WriteLine(text + " ...");
        }
    }

    /// <summary>Does work, while the last <see cref="Progress"/> is shown in one line, where a person looks on; the line goes away at the end.</summary>
    public async Task<T> WatchAsync<T>(string text, Func<Task<T>> work)
    {
        if (!_showsProgress)
        {
            return await work();
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { ColorSystem = _colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(Error) });
        return await console.Status().StartAsync(Markup.Escape(text), async status =>
        {
            _status = status;
            try
            {
                return await work();
            }
            finally
            {
                _status = null;
            }
        });
    }

    /// <summary>Canonical JSON and a line end.</summary>
    public void WriteJson(byte[] canonical) => Output.WriteLine(Encoding.UTF8.GetString(canonical));

    /// <summary>A table without frames.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        Table table = new() { Border = TableBorder.None, ShowHeaders = true };
        foreach (string heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading, _colour ? new Style(decoration: Decoration.Bold) : Style.Plain)).NoWrap().PadLeft(0).PadRight(2));
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(cell => new Text(PrintableText.Line(cell))));
        }

        StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = _colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = _colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Unbounded;
        console.Write(table);
        foreach (string line in text.ToString().TrimEnd().ReplaceLineEndings("\n").Split('\n'))
        {
            Output.WriteLine(line.TrimEnd());
        }
    }

    private string Styled(string text, int code) => _colour ? $"\x1b[{code}m{text}\x1b[0m" : text;
}
