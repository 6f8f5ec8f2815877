namespace Portolan.Model.Joints;

/// <summary>A step of the pipeline: reads and fills columns of a batch. Rows come in journal order, once, on one thread.</summary>
public interface IStage
{
    string Name { get; }

    /// <summary>Handles the rows [from, to). An exception is a bug: the rows are cleared and run again one by one.</summary>
    void Process(EventBatch batch, int from, int to);
}

/// <summary>
/// State that a stage keeps past its batch. The pipeline saves it together with the journal position it stands at, when that position is sealed, and
/// loads it before replaying what follows, so that nothing is counted or learnt twice.
/// </summary>
public interface ICheckpoint
{
    /// <summary>A file name, letters and dashes.</summary>
    string CheckpointName { get; }

    void Save(Stream to);

    void Load(Stream from);
}
