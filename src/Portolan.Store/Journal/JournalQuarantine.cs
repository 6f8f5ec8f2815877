using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>The folder <c>quarantine</c> of a journal: what cannot be read, or cannot be understood without the process ending.</summary>
static class JournalQuarantine
{
    public static string Folder(string journal) => Path.Combine(journal, "quarantine");

    /// <summary>The folder, made so that it lasts before anything is put into it.</summary>
    public static string Make(IFiles files, string journal)
    {
        string folder = Folder(journal);
        files.CreateDirectory(folder);
        files.SyncDirectory(journal);
        return folder;
    }
}
