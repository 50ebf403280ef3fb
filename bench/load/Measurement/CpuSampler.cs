namespace Lockplane.Bench.Load.Measurement;

/// <summary>Reads a process's processor time every 10 ms, so that it is known between any two times afterwards.</summary>
internal sealed class CpuSampler : IDisposable
{
    private readonly List<(double Time, double Cpu)> _samples = [];
    private readonly Thread _thread;
    private readonly int _process;
    private volatile bool _stop;

    public CpuSampler(int process)
    {
        _process = process;
        _thread = new Thread(Sample) { IsBackground = true, Name = "processor times" };
        _thread.Start();
    }

    /// <summary>The largest resident memory that was seen.</summary>
    public double PeakResidentMb { get; private set; }

    /// <summary>Seconds since 1970, as pgbench's log has them.</summary>
    public static double Now => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    /// <summary>Processor seconds between two times; after <see cref="Dispose"/>.</summary>
    public double Between(double start, double end) => At(end) - At(start);

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Sample()
    {
        for (int turn = 0; !_stop; turn++)
        {
            try
            {
                _samples.Add((Now, ProcessFigures.CpuSeconds(_process)));
                if (turn % 20 == 0)
                {
                    PeakResidentMb = Math.Max(PeakResidentMb, ProcessFigures.ResidentMb(_process));
                }
            }
            catch (Exception e) when (e is LoadException or IOException or InvalidOperationException)
            {
                // The process is gone; the run that it was measured in fails by itself.
                return;
            }

            Thread.Sleep(10);
        }
    }

    private double At(double time)
    {
        if (_samples.Count == 0)
        {
            throw new LoadException("The measured process has ended.");
        }

        int after = _samples.FindIndex(sample => sample.Time >= time);
        if (after <= 0)
        {
            return after == 0 ? _samples[0].Cpu : _samples[^1].Cpu;
        }

        ((double Time, double Cpu) left, (double Time, double Cpu) right) = (_samples[after - 1], _samples[after]);
        return left.Cpu + ((right.Cpu - left.Cpu) * (time - left.Time) / (right.Time - left.Time));
    }
}
