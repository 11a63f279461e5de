import ArgumentParser

/// A command that does all its work through a context.
protocol AuditCommand: ParsableCommand {
  /// Does the work.
  func run(in context: Context) throws(CommandFailure)
}
