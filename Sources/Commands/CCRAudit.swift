import Model
package import ArgumentParser
import Foundation
import Reading

/// The program: `ccr-audit`.
package struct CCRAudit: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "ccr-audit",
    abstract: "Measures whether routed models really are cheaper than Claude Sonnet.",
    discussion: """
      Reads the logs that claude-code-router leaves behind, keeps every request in a ledger, prices its tokens, and \
      compares the cost with what Claude Sonnet would have cost for the same tokens. A ratio below 1.0 pays; a model \
      above 1.0 should come off the routing. What nobody measured is shown as unknown, never as zero.

      The first time; the daily job; the last week:

        ccr-audit init
        ccr-audit run
        ccr-audit report --last 7d

      Every setting can stand in ~/.config/ccr-audit/config.yaml, in a variable CCR_AUDIT_<KEY>, or on the command \
      line; the later wins.

      Exit codes: 0 fine; 1 the check failed; 2 it could not be done; 64 wrong usage.
      """,
    version: ProgramVersion.current,
    subcommands: [
      InitCommand.self, RunCommand.self, IngestCommand.self, ReportCommand.self, StatusCommand.self,
      HistoryCommand.self, DoctorCommand.self,
      AlertCommand.self, ScheduleCommand.self, LedgerCommand.self, SimulateCommand.self, AdviseCommand.self,
      CheckCommand.self, ReconcileCommand.self, PushCommand.self, FleetCommand.self, ExportCommand.self,
      PricingGroup.self, Config.self, SchemaCommand.self,
    ])

  package init() {}

  /// The command line of this process without the program's name. A path can be any bytes; see `PathText`.
  package static func arguments() -> [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
      return PathText.text(unsafe Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument))))
    }
  }

  /// How ArgumentParser's own messages begin: as ours do.
  package static var _errorPrefix: String { "error: " }

  /// Runs the program as this process was started.
  /// - Returns: the exit code.
  package static func run() -> Int32 {
    // A mask that takes the owner's rights away would make a ledger that nobody can open again.
    _ = umask(umask(0o077) & 0o077)
    if let failure = StackLimit.shortage() ?? OpenFileLimit.shortage() ?? ThreadLimit.shortage()
      ?? NamedFolders.problem()
    {
      try? Descriptor.write(Array(failure.message.utf8), to: STDERR_FILENO)
      return failure.status.rawValue
    }
    return run(arguments(), in: .live())
  }

  /// Runs the program.
  /// - Parameter arguments: the command line without the program's name.
  /// - Returns: the exit code.
  package static func run(_ arguments: [String], in context: Context) -> Int32 {
    var context = context
    let files = NamedFiles(arguments)
    (context.errors, context.output) = (files.added(to: context.errors), files.added(toData: context.output))
    do {
      if arguments == ["--version"] {
        // ArgumentParser would make the tree of all commands first: two thirds of what this takes.
        context.output.write(ProgramVersion.current + "\n")
      } else {
        try refuseNames(arguments)
        var command = try command(arguments)
        if let command = command as? any AuditCommand {
          try command.run(in: context)
        } else {
          try command.run()
        }
      }
    } catch let failure as CommandFailure {
      context.errors.write(failure.message)
      return failure.status.rawValue
    } catch {
      let code = exitCode(for: error)
      // Of a command that is none, ArgumentParser shows the help of the one above it.
      let message = fullMessage(for: error, columns: (code.isSuccess ? context.output : context.errors).width ?? 80)
      let mistake = CommandMistake.first(in: arguments)?.message(inPlaceOf: message)
      let isFine = code.isSuccess && mistake == nil
      (isFine ? context.output : context.errors).write((mistake ?? message) + "\n")
      if !isFine { return code.isSuccess ? CommandFailure.Status.usage.rawValue : code.rawValue }
    }
    guard let failure = context.output.failure else { return 0 }
    context.errors.write(CommandFailure("cannot write to standard output: \(failure)").message)
    return CommandFailure.Status.couldNot.rawValue
  }

  /// Only logs are read by names that are no text: every other file would get another name.
  private static func refuseNames(_ arguments: [String]) throws(CommandFailure) {
    guard let command = arguments.first,
      ![IngestCommand.configuration.commandName, RunCommand.configuration.commandName].contains(command)
    else { return }
    if let name = arguments.first(where: { !PathText.isPlain($0) }) {
      throw CommandFailure("\(PathText.shown(name)) is not UTF-8: only logs may have such names", status: .usage)
    }
    // An option says itself that its value is empty.
    for (before, argument) in zip(arguments, arguments.dropFirst()) where argument.isEmpty && !before.hasPrefix("-") {
      throw CommandFailure(
        "an argument is empty", hint: "a variable without a value between quotes is one", status: .usage)
    }
  }

  /// The command of a command line.
  ///
  /// One that has no commands below is read as a root of its own, which spares the tree of all commands: half the time
  /// of reading. Whatever that does not settle (mistakes, help, completions) is the whole tree's.
  private static func command(_ arguments: [String]) throws -> any ParsableCommand {
    if let named = configuration.subcommands.first(where: { $0.configuration.commandName == arguments.first }),
      named.configuration.subcommands.isEmpty, let command = try? named.parseAsRoot(Array(arguments.dropFirst())),
      type(of: command) == named
    {
      return command
    }
    return try parseAsRoot(arguments)
  }
}
