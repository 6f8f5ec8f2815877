namespace Portolan.Model.Joints;

/// <summary>A step of the pipeline: reads and fills columns of a batch. Batches come in journal order, one at a time, on one thread.</summary>
public interface IStage
{
    string Name { get; }

    void Process(EventBatch batch);
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
