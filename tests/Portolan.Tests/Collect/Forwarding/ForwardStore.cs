using System.Text;
using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Tests.Collect.Forwarding;

/// <summary>A store in a folder of its own that is filled as the pipeline would, without journal and stages.</summary>
sealed class ForwardStore : IDisposable
{
    public static readonly Address Sender = Address.FromV4(0xc0000207);

    public readonly string Folder = Directory.CreateTempSubdirectory("portolan-forward-").FullName;
    public readonly EventStore Store;
    JournalPosition _visible = new(1, 1);

    public ForwardStore(StoreOptions? options = null)
    {
        Directory.CreateDirectory(Cursors);
        Store = new(SystemFiles.Instance, Path.Combine(Folder, "store"), options ?? new(), new(), TimeProvider.System, [], _ => { });
    }

    public string Cursors => Path.Combine(Folder, "forward");

    public JournalPosition Visible
    {
        get
        {
            lock (Store) return _visible;
        }
    }

    public static readonly long Now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    public void Add(JournalPosition at, string[] messages, bool imported = false, long? time = null, int type = 0)
    {
        var batch = Store.Current();
        if (batch.Count > 0 && batch.Epoch != at.Epoch) batch = Store.Next();
        (batch.Host, batch.Epoch) = (1, at.Epoch);
        for (int i = 0; i < messages.Length; i++)
        {
            int row = batch.Count++;
            batch.Payload[row] = batch.Append(Encoding.UTF8.GetBytes(messages[i]));
            (batch.Sequence[row], batch.Index[row]) = (at.Sequence, i);
            batch.Numbers(Fields.StartTime)[row] = time ?? Now;
            batch.Addresses(Fields.SendingIp)[row] = Sender;
            batch.Numbers(Fields.DeviceType)[row] = type;
            batch.Numbers(Fields.RetentionBucket)[row] = imported ? StoreOptions.ImportBucket : 0;
        }
        Pass(new(at.Epoch, at.Sequence + 1));
    }

    /// <summary>A record that has no row.</summary>
    public void Pass(JournalPosition next)
    {
        Store.Publish(next);
        lock (Store) _visible = next;
    }

    public void AddMany(long from, int n, Func<long, string>? message = null)
    {
        for (long s = from; s < from + n; s++) Add(new(1, s), [message?.Invoke(s) ?? $"<13>message {s}"]);
    }

    public void Seal()
    {
        Store.Seal();
        Store.WaitSealed();
    }

    public AqlCondition Condition(string text) => new AqlEngine(Store, new AqlContext()).CompileCondition(text);

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Folder, true);
    }
}
