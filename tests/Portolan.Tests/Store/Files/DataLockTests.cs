using Portolan.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Files;

public sealed class DataLockTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("moved")]
    [InlineData("a folder above it moved")]
    [InlineData("removed")]
    [InlineData("replaced")]
    public void WhoOwnsADirectorySeesThatItIsNoLongerThere(string what)
    {
        string above = Path.Combine(_folder, "above"), data = Path.Combine(above, "data");
        Assert.True(DataLock.TryTake(data, out var taken, out _));
        using (taken)
        {
            Assert.True(taken!.IsInPlace);
            File.WriteAllText(Path.Combine(data, "lock.other"), "");
            Assert.True(taken.IsInPlace);
            switch (what)
            {
                case "moved":
                    Directory.Move(data, data + ".old");
                    Directory.CreateDirectory(data);
                    break;
                case "a folder above it moved":
                    Directory.Move(above, above + ".old");
                    break;
                case "removed":
                    Directory.Delete(data, true);
                    break;
                default:
                    File.Move(Path.Combine(data, "lock.other"), Path.Combine(data, "lock"), overwrite: true);
                    break;
            }
            Assert.False(taken.IsInPlace);
        }
    }
}
