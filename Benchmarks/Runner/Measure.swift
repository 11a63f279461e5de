import BenchmarkKit
import Foundation

/// Several runs of one command.
struct Sample {
  private(set) var runs: [Execution] = []

  mutating func add(_ run: Execution) { runs.append(run) }

  /// The median of the wall clock.
  var seconds: Double { median(runs.map(\.seconds)) ?? 0 }
  /// The median over all threads.
  var processorSeconds: Double { median(runs.map(\.processorSeconds)) ?? 0 }
  /// The highest of all runs, millions of bytes.
  var peakMegabytes: Double { Double(runs.map(\.peakBytes).max() ?? 0) / 1e6 }
}

/// A command with what has to be done before each of its runs, which is not timed.
struct Contender {
  var command: Command
  var prepare: () throws -> Void = {}
}

/// How often commands are timed.
struct Repetition {
  var runs: Int
  /// Seconds after which no further round begins.
  var patience: Double

  /// For a command that takes a moment, as starting does.
  var often: Repetition { Repetition(runs: max(25, runs), patience: patience) }
}

enum Measure {
  /// Runs commands in turns, so that a noisy moment hits all of them: once to warm up, then so often. Long rounds are
  /// repeated less often, but once at least.
  static func interleaved(_ contenders: [Contender], _ repetition: Repetition) throws -> [Sample] {
    var samples = contenders.map { _ in Sample() }
    let clock = ContinuousClock()
    let start = clock.now
    for round in 0...repetition.runs {
      for (place, contender) in contenders.enumerated() {
        try contender.prepare()
        let run = try contender.command.run()
        if round > 0 { samples[place].add(run) }
      }
      if round > 0, (clock.now - start) / .seconds(1) > repetition.patience { break }
    }
    return samples
  }
}
