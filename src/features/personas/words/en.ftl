# Words of personas: the welcome, choosing a name, a person's own names.

personas-welcome = Hello
personas-welcome-quiet = This is a quiet place to meet people.
personas-welcome-name = You choose your name here.
personas-welcome-outside = Nobody outside can see that you are here.
personas-welcome-care = Your care stays the same if you say no.
personas-setup-text = You are the first one here. You choose a name, and then this house is yours to run. The link works once.
personas-welcomed = Welcome. It is good that you are here. Take your time.
personas-link-dead = This link does not work any more
personas-link-dead-text = It was used, or it is too old. You did nothing wrong. Ask the person who gave it to you for a new one.

personas-choose = Choose a name
personas-part-name = Your name here
personas-part-name-text = Others see this name. It does not have to be your real name.
personas-offered = Would you like one of these?
personas-offer-others = Show me other names
personas-own = Or your own
personas-own-hint = 2 to 40 characters. No e-mail address and no numbers that belong to you.
personas-part-sign-in = To sign in
personas-part-sign-in-text = Nobody but the staff of your house sees this name. It never leaves this house.
personas-sign-in-hint = Something you can remember. At least 3 characters. It may differ from the name above.
personas-come-in = Come in
personas-doubt-real = This looks like a real full name. Others may know who you are. You can use it anyway.
personas-doubt-sign-in = This is also the name you sign in with. It is safer to keep that one to yourself. You can use it anyway.
personas-sure = Use this name anyway
personas-taken = Someone here has this name. Please choose another.

personas-me = Me
personas-hello = Hello, { $name }
personas-names = My names
personas-names-text = You can use a different name in each group. Others cannot see that they are all you.
personas-name = Name
personas-add = Add a name
personas-add-text = A new name is a new start. Nobody sees that it belongs to you.
personas-added = You have a new name.
personas-change = Change this name
personas-change-this = Change the name { $name }
personas-renamed = The name is changed.
personas-save = Save
personas-retire = Stop using this name
personas-retire-text = It takes part no more. Nobody else can take it. What you wrote with it stays where it is.
personas-retire-do = Stop using { $name }
personas-retired = You do not use this name any more.
personas-last-one = This is your only name. Add another one first, then you can stop using it.
personas-too-many = You have 10 names. Stop using one before you add another.
personas-sign-in-name = You sign in as { $name }. Others do not see this.
personas-language = You can change the language at the foot of each page.
