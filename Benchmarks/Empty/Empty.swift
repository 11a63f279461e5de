import ArgumentParser

/// What a program costs to start that does nothing but parse its arguments.
@main
struct Empty: ParsableCommand {
  static let configuration = CommandConfiguration(version: "0.0.0")
}
