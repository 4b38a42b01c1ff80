
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'eap' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'eap'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'eap' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Bring an environment up, or bring it up to date')
            [CompletionResult]::new('destroy', 'destroy', [CompletionResultType]::ParameterValue, 'Stop an environment; its data goes only with --yes')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Bring an earlier deployment of an environment in AWS back')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List the deployments of an environment in AWS')
            [CompletionResult]::new('unlock', 'unlock', [CompletionResultType]::ParameterValue, 'Take the lock of an environment''s state away from somebody who died with it')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Find out whether an environment in AWS can be worked on and reached')
            [CompletionResult]::new('monitor', 'monitor', [CompletionResultType]::ParameterValue, 'Check an environment and give one verdict')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show the log of an environment')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Send orders to an environment over HTTP; resumes where it stopped')
            [CompletionResult]::new('build-push', 'build-push', [CompletionResultType]::ParameterValue, 'Build the image of the API and push it; prints its digest')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print shell completions, or write them with the man pages to a folder')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the configuration in force')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'eap;deploy' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the API [default: 8000]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address the API listens on [default: 127.0.0.1]')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'File with your own orders instead of the sample; repeat it for more')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'MySQL or MariaDB server to use [env: DATABASE_URL]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for /health, such as 90s or 5m [default: 60s]')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Image by digest, repository@sha256:…, instead of building one')
            [CompletionResult]::new('--image-from', '--image-from', [CompletionResultType]::ParameterName, 'The image that serves in this environment, instead of building one')
            [CompletionResult]::new('--plan-file', '--plan-file', [CompletionResultType]::ParameterName, 'With --plan-only the file to keep the plan in; else the plan to carry out')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for somebody else''s lock of the state [default: not at all]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--skip-build', '--skip-build', [CompletionResultType]::ParameterName, 'Build nothing: the image of this commit where it was pushed, else the one that is deployed')
            [CompletionResult]::new('--skip-tests', '--skip-tests', [CompletionResultType]::ParameterName, 'Do not run the tests of the application before building it')
            [CompletionResult]::new('--plan-only', '--plan-only', [CompletionResultType]::ParameterName, 'Show what would be done and change nothing at all')
            [CompletionResult]::new('--detailed-exitcode', '--detailed-exitcode', [CompletionResultType]::ParameterName, 'With --plan-only: exit code 2 when there is something to do')
            [CompletionResult]::new('--no-rollback', '--no-rollback', [CompletionResultType]::ParameterName, 'Leave a version that does not serve as it is, to look at it')
            [CompletionResult]::new('--allow-destroy', '--allow-destroy', [CompletionResultType]::ParameterName, 'Agree to plans that destroy a database, a bucket or a key')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;destroy' {
            [CompletionResult]::new('--confirm', '--confirm', [CompletionResultType]::ParameterName, 'The environment''s name, instead of typing it')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for somebody else''s lock of the state [default: not at all]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;rollback' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Number of the deployment [default: the good one before]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the rollout may take, such as 90s or 5m [default: 15m]')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for somebody else''s lock of the state [default: not at all]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--allow-destroy', '--allow-destroy', [CompletionResultType]::ParameterName, 'Agree to plans that destroy a database, a bucket or a key')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;history' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'How many, the newest first')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;unlock' {
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Id of the lock')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;doctor' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'With --inside: how long the task may take')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--inside', '--inside', [CompletionResultType]::ParameterName, 'Look at the database from inside, by a task of its own')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;monitor' {
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'On this machine: time over which rates are measured [default: 1s]')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'The same, but only from this verdict on')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write what was seen, in AWS with the last hour''s figures, into one HTML page; with --continuous at each look')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'With --continuous or --until: time between two looks')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Look again and again until the verdict is this one')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'With --until: give up after this time')
            [CompletionResult]::new('--on-change', '--on-change', [CompletionResultType]::ParameterName, 'With --continuous: run this in a shell when the verdict changes or more goes wrong, with the report on its standard input')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--detailed', '--detailed', [CompletionResultType]::ParameterName, 'In AWS: the last hour''s metrics as well, availability against the objective, costs, and sizes that would do')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Let the exit code be the verdict: 0, 3, 4 or 5')
            [CompletionResult]::new('--continuous', '--continuous', [CompletionResultType]::ParameterName, 'Look again and again')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'With --continuous: a line for each change also on a terminal, instead of the live screen')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;logs' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only lines of the last such time, for example 10m, 2h or 1d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only lines before this instant, such as 2026-11-23T10:00:00Z, or so long ago')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]')
            [CompletionResult]::new('--lines', '--lines', [CompletionResultType]::ParameterName, 'Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Only lines that this regular expression finds')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'No lines that this regular expression finds')
            [CompletionResult]::new('--highlight', '--highlight', [CompletionResultType]::ParameterName, 'Make what this regular expression finds stand out')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Only lines of at least this level; lines that tell none are kept')
            [CompletionResult]::new('--request-id', '--request-id', [CompletionResultType]::ParameterName, 'Only lines about this request; in AWS at the gateway, the load balancer and in the API')
            [CompletionResult]::new('--look', '--look', [CompletionResultType]::ParameterName, 'How lines look to people')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Whose lines, with commas between them [default: api,migrate]')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only what this filter pattern of CloudWatch Logs finds, at AWS')
            [CompletionResult]::new('--task', '--task', [CompletionResultType]::ParameterName, 'Only lines of this task, by its id or the beginning of it')
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'With -f: how late a line may come and still be shown [default: 60s]')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'With -f: time between two looks [default: 2s]')
            [CompletionResult]::new('--insights', '--insights', [CompletionResultType]::ParameterName, 'Ask CloudWatch Logs Insights; AWS charges by the bytes it scans')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on with the lines to come, over restarts and deploys')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on with the lines to come, over restarts and deploys')
            [CompletionResult]::new('--stats', '--stats', [CompletionResultType]::ParameterName, 'Count lines by level and requests by route, with their rates, instead of showing them')
            [CompletionResult]::new('--no-live-tail', '--no-live-tail', [CompletionResultType]::ParameterName, 'With -f: never use Live Tail, which AWS takes money for')
            [CompletionResult]::new('--previous', '--previous', [CompletionResultType]::ParameterName, 'The last lines of tasks that stopped, with reason and exit code; -n says how many [default: 20]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;import' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Base URL of an API, instead of that of an environment')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;build-push' {
            [CompletionResult]::new('--builder', '--builder', [CompletionResultType]::ParameterName, 'Who builds')
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Processor of the machines that run it [default: infrastructure.cpu_architecture of the configuration, else linux/amd64]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'Registry instead of that of the AWS account, as host:port or host/prefix')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'Name of the repository instead of that of the configuration')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag instead of the git commit')
            [CompletionResult]::new('--output-oci', '--output-oci', [CompletionResultType]::ParameterName, 'Write the image into this folder, in the OCI layout, instead of pushing it')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Severity from which a scan fails [default: image.scan.fail_on of the configuration]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--load', '--load', [CompletionResultType]::ParameterName, 'Put the image into the Docker engine of this machine instead of pushing it')
            [CompletionResult]::new('--allow-dirty', '--allow-dirty', [CompletionResultType]::ParameterName, 'Publish for staging and prod although files differ from the commit')
            [CompletionResult]::new('--create-repository', '--create-repository', [CompletionResultType]::ParameterName, 'Create the repository when it is missing')
            [CompletionResult]::new('--scan', '--scan', [CompletionResultType]::ParameterName, 'Wait for a scan for known vulnerabilities')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;completions' {
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Write the completions of every shell, and man pages in its folder `man`, to this folder')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;config' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of an environment')
            [CompletionResult]::new('tfvars', 'tfvars', [CompletionResultType]::ParameterValue, 'Print the variables of Terraform for an environment')
            [CompletionResult]::new('backend', 'backend', [CompletionResultType]::ParameterValue, 'Print where Terraform keeps the state of an environment')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of configuration files')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'eap;config;show' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'Tell where each value comes from')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;config;tfvars' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;config;backend' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;config;schema' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Environment to work on')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region [env: AWS_REGION]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile [env: AWS_PROFILE]')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'Name of the project; part of the names of its resources')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Called instead of AWS [env: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Form of the result on standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: what is run, with which settings')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Agree beforehand to what cannot be undone')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask a question, even on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'eap;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of an environment')
            [CompletionResult]::new('tfvars', 'tfvars', [CompletionResultType]::ParameterValue, 'Print the variables of Terraform for an environment')
            [CompletionResult]::new('backend', 'backend', [CompletionResultType]::ParameterValue, 'Print where Terraform keeps the state of an environment')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of configuration files')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'eap;config;help;show' {
            break
        }
        'eap;config;help;tfvars' {
            break
        }
        'eap;config;help;backend' {
            break
        }
        'eap;config;help;schema' {
            break
        }
        'eap;config;help;help' {
            break
        }
        'eap;help' {
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Bring an environment up, or bring it up to date')
            [CompletionResult]::new('destroy', 'destroy', [CompletionResultType]::ParameterValue, 'Stop an environment; its data goes only with --yes')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Bring an earlier deployment of an environment in AWS back')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List the deployments of an environment in AWS')
            [CompletionResult]::new('unlock', 'unlock', [CompletionResultType]::ParameterValue, 'Take the lock of an environment''s state away from somebody who died with it')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Find out whether an environment in AWS can be worked on and reached')
            [CompletionResult]::new('monitor', 'monitor', [CompletionResultType]::ParameterValue, 'Check an environment and give one verdict')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Show the log of an environment')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Send orders to an environment over HTTP; resumes where it stopped')
            [CompletionResult]::new('build-push', 'build-push', [CompletionResultType]::ParameterValue, 'Build the image of the API and push it; prints its digest')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print shell completions, or write them with the man pages to a folder')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the configuration in force')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'eap;help;deploy' {
            break
        }
        'eap;help;destroy' {
            break
        }
        'eap;help;rollback' {
            break
        }
        'eap;help;history' {
            break
        }
        'eap;help;unlock' {
            break
        }
        'eap;help;doctor' {
            break
        }
        'eap;help;monitor' {
            break
        }
        'eap;help;logs' {
            break
        }
        'eap;help;import' {
            break
        }
        'eap;help;build-push' {
            break
        }
        'eap;help;completions' {
            break
        }
        'eap;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting of an environment')
            [CompletionResult]::new('tfvars', 'tfvars', [CompletionResultType]::ParameterValue, 'Print the variables of Terraform for an environment')
            [CompletionResult]::new('backend', 'backend', [CompletionResultType]::ParameterValue, 'Print where Terraform keeps the state of an environment')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of configuration files')
            break
        }
        'eap;help;config;show' {
            break
        }
        'eap;help;config;tfvars' {
            break
        }
        'eap;help;config;backend' {
            break
        }
        'eap;help;config;schema' {
            break
        }
        'eap;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
