using System.CommandLine;
using System.Globalization;
using Portolan.Control;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan import FILE…</c>: history into the store with its own times.</summary>
static class ImportCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("import", "Takes files of old lines into the store with their own times and their own retention.",
            "portolan import /var/log/auth.log",
            "portolan import --source linux-os auth.log auth.log.1",
            "zcat old.gz | portolan import -"), terminal, open);
        var files = new Argument<string[]>("file")
        {
            Description = "Files of lines; - is standard input.",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
        };
        var source = new Option<string>("--source")
        {
            Description = "The source type that reads the lines; each is judged alone when left out.",
            HelpName = "TYPE",
        };
        verb.Command.Add(files);
        verb.Command.Add(source);
        verb.Ask(async (api, result, cancel) =>
        {
            // All files are looked for before the first is taken.
            string[] names = result.GetValue(files) ?? [];
            if (names.FirstOrDefault(n => n != "-" && !File.Exists(n)) is { } missing)
                throw new CommandFault($"cannot import {missing}", "no such file", null);
            IReadOnlyList<ResultColumn> columns = [];
            var rows = new List<object?[]>();
            var notes = new List<string>();
            bool partial = false;
            foreach (string name in names)
            {
                await using var bytes = new ProgressStream(name == "-" ? terminal.In : File.OpenRead(name), name, terminal);
                await using var counts = await api.ImportAsync(name, result.GetValue(source), bytes, cancel);
                columns = [new("file"), .. counts.Columns];
                await foreach (var row in counts.Rows.WithCancellation(cancel)) rows.Add([name, .. row]);
                notes.AddRange(counts.End.Notes ?? []);
                partial |= counts.End.Partial;
            }
            return (ResultSet.Of(columns, rows, partial, notes), partial ? ExitCode.No : ExitCode.Done);
        });
        return verb.Command;
    }

    /// <summary>Shows on a terminal how much of a file is read.</summary>
    sealed class ProgressStream(Stream inner, string name, Terminal terminal) : Stream
    {
        readonly long _length = inner.CanSeek ? inner.Length : 0;
        long _read, _shown = Environment.TickCount64;
        bool _any;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            int n = await inner.ReadAsync(buffer, cancel);
            _read += n;
            Show();
            return n;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int n = inner.Read(buffer, offset, count);
            _read += n;
            Show();
            return n;
        }

        void Show()
        {
            const int every = 200;
            if (!terminal.ErrorIsTerminal || Environment.TickCount64 - _shown < every) return;
            _shown = Environment.TickCount64;
            _any = true;
            string share = _length > 0 ? string.Create(CultureInfo.InvariantCulture, $" {100 * _read / _length}%") : "";
            terminal.Error.Write($"\r{Output.Visible.Text(name)}: {_read >> 20} MiB{share}\e[K");
        }

        protected override void Dispose(bool disposing)
        {
            if (_any) terminal.Error.Write("\r\e[K");
            _any = false;
            inner.Dispose();
            base.Dispose(disposing);
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
