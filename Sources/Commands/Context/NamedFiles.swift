import ArgumentParser
import Model
import Reading

/// The files that a command line names beside what it works on. A command that is proposed to whoever wrote it works on the
/// same ones.
struct NamedFiles: Sendable {
  private var options: [(name: String, value: String)] = []

  /// - Parameter arguments: a command line without the program's name.
  init(_ arguments: [String]) {
    // Of an import, `--history` is a flag.
    let isImport = arguments.starts(with: ["pricing", "import"])
    let names = ["--config", "--ledger", "--pricing"] + (isImport ? [] : ["--history"])
    let arguments = arguments.prefix { $0 != "--" }
    for (argument, next) in zip(arguments, arguments.dropFirst().map(Optional.some) + [nil]) {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let name = parts.first, names.contains(name), let value = parts.count > 1 ? parts[1] : next,
        PathText.isPlain(value)
      else { continue }
      options.append((name, value))
    }
    // A command about one ledger takes no several.
    if options.count(where: { $0.name == "--ledger" }) > 1 { options.removeAll { $0.name == "--ledger" } }
  }

  /// The stream to which each proposed command goes with these files.
  func added(to output: Output) -> Output { changed(output, by: added(toQuotes:)) }

  /// The same of data, which has commands between backticks of others, too: only those that end a line are proposed.
  func added(toData output: Output) -> Output { changed(output, by: added(toLines:)) }

  private func changed(_ output: Output, by change: @escaping @Sendable (String) -> String) -> Output {
    guard !options.isEmpty else { return output }
    return Output(isTerminal: output.isTerminal, width: output.width) { bytes throws(SystemError) in
      if let text = String(validating: bytes, as: UTF8.self) { output.write(change(text)) } else { output.write(bytes) }
      if let failure = output.failure { throw failure }
    }
  }

  /// The text with the files named in each of its commands: `ccr-audit …` between backticks.
  private func added(toQuotes text: String) -> String {
    text.replacing(#/`ccr-audit ([a-z][^`\n]*)`/#) { "`ccr-audit \(added(toCommand: $0.1))`" }
  }

  /// The text with the files named in each command that has a line of its own, or ends one behind a colon.
  private func added(toLines text: String) -> String {
    guard text.contains("ccr-audit "), !text.hasPrefix("<") else { return text }
    let names = CCRAudit.configuration.subcommands.map { $0.configuration.commandName ?? "" }
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      lines.append(changed(line, commands: names) ?? String(line))
    }
    return lines.joined(separator: "\n")
  }

  private func changed(_ line: Substring, commands names: [String]) -> String? {
    guard let program = line.ranges(of: "ccr-audit ").last else { return nil }
    let before = line[..<program.lowerBound]
    let command = line[program.upperBound...]
    // Neither is a command in a string of JSON or in a cell of a table.
    guard before.allSatisfy({ $0 == " " }) || before.hasSuffix(": ") && !line.contains(where: { "\"|".contains($0) }),
      let name = command.split(separator: " ").first, names.contains(String(name))
    else { return nil }
    return "\(before)ccr-audit \(added(toCommand: command))"
  }

  /// A command line without the program's name, with the files that it does not name itself.
  private func added(toCommand command: Substring) -> String {
    let words = command.split(separator: " ")
    // Prices have nothing to do with a history.
    let named = words.first == "pricing" ? options.filter { $0.name != "--history" } : options
    let missing = named.filter { option in !words.contains { $0.hasPrefix(option.name) } }
      .map { " \($0.name) \(Display.argument($0.value))" }.joined()
    // Behind two dashes, nothing is an option.
    guard let end = command.firstRange(of: " -- ") else { return command + missing }
    return command[..<end.lowerBound] + missing + command[end.lowerBound...]
  }
}
