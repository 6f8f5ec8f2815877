using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>The folder <c>quarantine</c> of a journal: what cannot be read, or cannot be understood without the process ending.</summary>
static class JournalQuarantine
{
    const string Name = "quarantine";

    public static string Folder(string journal) => Path.Combine(journal, Name);

    /// <summary>
    /// To be called at start before the journal's folder is synced: a process that was killed while it moved a file here may have left the move in memory
    /// only, and then the file's old name must not be the first to go.
    /// </summary>
    public static void Settle(IFiles files, string journal)
    {
        if (files.Folders(journal).Contains(Name)) files.SyncDirectory(Folder(journal));
    }

    /// <summary>The folder, made so that it lasts before anything is put into it.</summary>
    public static string Make(IFiles files, string journal)
    {
        string folder = Folder(journal);
        files.CreateDirectory(folder);
        files.SyncDirectory(journal);
        return folder;
    }
}
